"""Who calls: credentials become a principal here, and nowhere else."""
