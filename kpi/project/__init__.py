"""What an analyst keeps in order: the project folder, its metrics, a copy to practise in."""
