import pino from 'pino';

export interface StandardOutput {
  write(line: string): void;
  /** Resolves when every line is out, or nobody reads them. Of a process that exits before, the last ones change places. */
  end(): Promise<void>;
}

/** Lines are written beside the work, by another thread: whoever reads them slowly, or not at all, holds nobody up. */
export function standardOutput(): StandardOutput {
  const stream = pino.destination({ dest: 1, sync: false });
  const over = new Promise<void>((resolve) => {
    stream.on('close', resolve);
    // A full disk or a reader that has gone away: no reason to stop scaling.
    stream.on('error', () => resolve());
  });
  return {
    write: (line) => void stream.write(line),
    end: () => {
      stream.end();
      return over;
    },
  };
}
