"""What stand-alone predictors are made of: plain NumPy, copied into each as it stands here."""
