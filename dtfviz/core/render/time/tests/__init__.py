"""What becomes of the answer when a clip's time is changed."""
