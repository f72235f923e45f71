"""What is seen: videos, clips of them, and generated motion."""
