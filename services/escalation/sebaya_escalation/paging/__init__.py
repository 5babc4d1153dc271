"""What a page says, and how it is sent by mail and by webhook."""
