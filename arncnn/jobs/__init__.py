"""Retraining: planned, queued, carried out by a supervisor, judged by the gate.

``plan`` says what would be trained, where and for how long; ``store.jobs`` holds the queue;
``supervisor`` is the only writer; ``engines`` launch ``attempt`` as a process of its own;
``gate`` compares the candidate with the model in service.
"""
