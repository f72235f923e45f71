"""What is found out of someone else's model: how it is fed, what its parts give, and what it answers."""
