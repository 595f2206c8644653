/** Time as the policy sees it: real milliseconds since the start, multiplied by the time scale, as mm:ss. */
export function clockFace(sinceStartMs: number, timeScale: number): string {
  const seconds = Math.max(0, Math.round((sinceStartMs * timeScale) / 1000));
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
}
