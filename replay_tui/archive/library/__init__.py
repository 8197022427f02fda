"""Library of many sessions: their texts without secrets, searched and opened without the recordings."""
