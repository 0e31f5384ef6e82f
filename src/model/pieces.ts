// Owns the joining of what one read of the network brought: one piece for neighbours of one kind. Must not know what a piece says.

export type PieceKind = 'text' | 'reasoning';

export interface Pieces {
  push(kind: PieceKind, text: string): void;
  /** Gives what is held. */
  flush(): void;
}

export function createPieces(give: (kind: PieceKind, text: string) => void): Pieces {
  let kind: PieceKind = 'text';
  let piece = '';
  const flush = () => {
    if (piece === '') return;
    const text = piece;
    piece = '';
    give(kind, text);
  };
  return {
    push(next, text) {
      if (next !== kind) flush();
      kind = next;
      piece += text;
    },
    flush,
  };
}
