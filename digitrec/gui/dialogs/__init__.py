"""Windows beside the main one: file dialogs, texts, the drawings that the user kept."""
