/** Colours for terminals that show them; plain text elsewhere (https://no-color.org). */
export interface Paint {
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly green: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

export function makePaint(coloured: boolean): Paint {
  const styled = (code: number) => (text: string) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { dim: styled(2), bold: styled(1), green: styled(32), red: styled(31), yellow: styled(33), cyan: styled(36) };
}
