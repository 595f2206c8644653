const { rmSync } = require('node:fs');

/** What make-scratch-folder.cjs made. */
module.exports = function removeScratchFolder() {
  rmSync(process.env.TMPDIR, { recursive: true, force: true });
};
