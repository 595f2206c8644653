// The SDK's notice about Node releases would stand beside every result.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

// Four ESM-only packages that the Kubernetes client pulls in must be transformed too.
const esmOnly = ['@kubernetes/client-node', 'openid-client', 'oauth4webapi', 'jose'];

const common = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: {
    '^.+\\.[cm]?[jt]s$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join('|')})/)`],
};

/**
 * A test file runs in a context of its own, in which every look at a global goes through an interceptor: a third of the time
 * of a history. Handed in as parameters they are free; packages that declare one of these names then do not load, so only
 * the histories do it.
 */
const GLOBALS = ['Array', 'Date', 'Error', 'JSON', 'Map', 'Math', 'Number', 'Object', 'Promise', 'Set', 'String'];

/** @type {import('jest').Config} */
module.exports = {
  testTimeout: 120_000,
  testSequencer: '<rootDir>/test/support/slowest-first.cjs',
  globalSetup: '<rootDir>/test/support/make-scratch-folder.cjs',
  globalTeardown: '<rootDir>/test/support/remove-scratch-folder.cjs',
  projects: [
    { ...common, testMatch: [...common.testMatch, '!**/test/histories/**'] },
    { ...common, roots: ['<rootDir>/test/histories'], sandboxInjectedGlobals: [...GLOBALS, 'setImmediate'] },
  ],
};
