const io = '^(node:)?(fs|fs/promises|net|http|https|child_process|timers|timers/promises|crypto|os|dns|tls)$';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'pure-folders-do-no-io',
      comment:
        'model, cost, decision, removal, operation and the judgement of a preflight take values and return values.',
      severity: 'error',
      from: { path: '^webhook/(model|cost|decision|removal|operation|preflight/judgement)/' },
      to: { pathNot: '^webhook/(model|cost|decision|removal|operation|preflight/judgement)/|^webhook/errors\\.ts$' },
    },
    {
      name: 'pure-folders-no-core-io',
      severity: 'error',
      from: { path: '^webhook/(model|cost|decision|removal|operation|preflight/judgement)/' },
      to: { path: io },
    },
    {
      name: 'only-main-and-local-make-clients',
      severity: 'error',
      from: { path: '^webhook/', pathNot: '^webhook/(main\\.ts|adapters/|service\\.ts)' },
      to: { path: '^webhook/adapters/' },
    },
    {
      name: 'sdk-behind-adapters',
      severity: 'error',
      from: { path: '^webhook/', pathNot: '^webhook/adapters/' },
      to: { path: 'node_modules/(@aws-sdk|@kubernetes|ioredis)/' },
    },
    {
      name: 'product-does-not-know-simulator',
      severity: 'error',
      from: { path: '^webhook/' },
      to: { path: '^(simulator|test|stacks)/' },
    },
    { name: 'nobody-imports-tests', severity: 'error', from: { pathNot: '^test/' }, to: { path: '^test/' } },
    {
      name: 'no-undeclared-packages',
      severity: 'error',
      from: { path: '^webhook/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    },
    { name: 'not-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['require', 'node', 'default', 'types'] },
  },
};
