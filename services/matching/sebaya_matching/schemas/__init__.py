"""What routes and pages take and give, one module a subject: requests in, views out."""
