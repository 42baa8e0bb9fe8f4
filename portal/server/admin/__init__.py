"""What an administrator does with an installation from the command line: `portal admin …`."""
