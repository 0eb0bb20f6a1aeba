"""Networks in torch: backbones, heads, their files and their export."""
