"""What citizens say: weeks, submissions with their receipts, supports, topics, moderation."""
