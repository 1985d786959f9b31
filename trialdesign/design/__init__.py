"""What a trial is: the design file, validated and frozen, and the rules that hold between its parts."""
