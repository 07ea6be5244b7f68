from __future__ import annotations
class Block:
    bind_names=()
    directions=()
    def run(self, s, row, t): return []
def compile_block(sql, tokens): return Block()
