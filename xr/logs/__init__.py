"""The log: lines of ``noun.verb key=value``, written by a thread of their own."""
