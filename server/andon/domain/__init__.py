"""What Andon knows, without how it is stored, sent or configured. Standard library only, no await.

Times are integers: microseconds since the Unix epoch, UTC. Spans are microseconds too.
"""
