"""What operators see: metrics, their HTTP door, and logs."""
