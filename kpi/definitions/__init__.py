"""What an analyst declares: subjects, metrics and the rules that rows must keep."""
