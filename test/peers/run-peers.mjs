/** This machine lacks something that the peer needs: no failure. */
export class Missing extends Error {}

/**
 * One after the other: starts each peer, runs its tests with its environment, ends it. A peer is
 * `{name, tests, start(say): Promise<{environment, stop}>}`; `start` throws Missing to be skipped. Answers how many failed.
 */
export async function runPeers(peers, { say, jest }) {
  let failed = 0;
  for (const peer of peers) {
    const outcome = await runPeer(peer, { say: (line) => say(`${peer.name}: ${line}`), jest });
    say(`${peer.name}: ${outcome.text}`);
    failed += outcome.ok ? 0 : 1;
  }
  return failed;
}

async function runPeer({ tests, start }, { say, jest }) {
  let session;
  try {
    session = await start(say);
  } catch (error) {
    if (error instanceof Missing) return { ok: true, text: `skipped, ${error.message}` };
    return { ok: false, text: `FAILED to start: ${error.message}` };
  }
  try {
    const passed = await jest(tests, session.environment);
    return { ok: passed, text: passed ? 'passed' : 'FAILED' };
  } catch (error) {
    return { ok: false, text: `FAILED: ${error.message}` };
  } finally {
    await session.stop();
  }
}
