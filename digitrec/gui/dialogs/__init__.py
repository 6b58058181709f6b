"""Windows beside the main one: file dialogs, texts, the corrected drawings."""
