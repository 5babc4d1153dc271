"""Is everything where it should be? The promises of the product, checked from outside by reading
topics, stores and answers.
"""

from sebaya_cli.doctor.examine import examine
from sebaya_cli.doctor.finding import Finding
from sebaya_cli.doctor.ledger import AT_REST, Bounds, Interval, Ledger, Poison, Sent

__all__ = ["AT_REST", "Bounds", "Finding", "Interval", "Ledger", "Poison", "Sent", "examine"]
