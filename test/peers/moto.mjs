/** moto, an emulator of AWS in Python that somebody else writes. Used where it is installed. */
import { startServer } from './peer-server.mjs';
import { Missing } from './run-peers.mjs';
import { runProgram } from './run-program.mjs';

export const name = 'moto';
export const tests = ['test/peers/ec2'];

const COMMAND = 'moto_server';

export async function start(say) {
  // A shim may be there for a program that is not.
  const { code, output } = await runProgram(COMMAND, ['--help']).catch(() => {
    throw new Missing(`there is no ${COMMAND} on PATH (pip install moto[server])`);
  });
  if (code !== 0) throw new Missing(`${COMMAND} does not run: ${output.trim()}`);
  const { url, stop } = await startServer(
    { command: COMMAND, args: (port) => ['-H', '127.0.0.1', '-p', String(port)] },
    say,
  );
  return { environment: { SMARTSCALE_EC2_PEER: url }, stop };
}
