"""What a temporal operator lets through."""
