"""What every Sebaya service stands on: Kafka, MongoDB, HTTP, health, metrics and logs."""
