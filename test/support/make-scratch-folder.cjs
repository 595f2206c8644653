/**
 * All temporary folders of a run of tests lie in one, which is gone when the run ends: also those of a test that was broken
 * off, of a script, or of a process that was killed.
 */
const { mkdirSync, readdirSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

const NAME = /^smartscale-tests-(\d+)$/;

module.exports = function makeScratchFolder() {
  const everybodys = tmpdir();
  for (const name of readdirSync(everybodys)) {
    const [, pid] = NAME.exec(name) ?? [];
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(everybodys, name), { recursive: true, force: true });
  }
  const own = join(everybodys, `smartscale-tests-${process.pid}`);
  mkdirSync(own, { recursive: true });
  process.env.TMPDIR = own;
};

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
