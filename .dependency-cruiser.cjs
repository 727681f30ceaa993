// The arrows of docs/architecture.md: a floor imports only from the floors under it.
const inner = (floor, ...forbidden) => ({
  name: `core-${floor}-looks-down-only`,
  severity: 'error',
  from: { path: `^packages/core/src/${floor}/` },
  to: { path: `^packages/core/src/(${forbidden.join('|')})` },
});

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    inner('model', 'ports', 'adapters', 'kernel', 'cloud', 'create-cloud', 'index'),
    inner('ports', 'adapters', 'kernel', 'cloud', 'create-cloud', 'index'),
    inner('adapters', 'kernel', 'cloud', 'create-cloud', 'index'),
    inner('kernel', 'adapters', 'cloud', 'create-cloud', 'index'),
    inner('cloud', 'adapters', 'kernel', 'create-cloud', 'cloud-(container|options)', 'index'),
    {
      name: 'core-testing-is-the-top-floor',
      severity: 'error',
      from: { path: '^packages/core/src/', pathNot: '^packages/core/src/testing/' },
      to: { path: '^packages/core/src/testing/' },
    },
    {
      name: 'core-knows-no-other-package',
      severity: 'error',
      from: { path: '^packages/core/src' },
      to: { path: '^(packages/(http|driver-[a-z-]+)|node_modules/@gdcloud)' },
    },
    {
      name: 'pages-are-clients-of-the-wire',
      comment:
        'What runs in browsers knows the API and its client, the texts, and nothing of the server.',
      severity: 'error',
      from: { path: '^packages/http/ui' },
      to: {
        path: '^packages/',
        pathNot: '^packages/http/(ui|(src|dist)/(client|texts))/',
      },
    },
    {
      name: 'packages-meet-at-their-doors',
      severity: 'error',
      from: { path: '^packages/([^/]+)/src' },
      to: { path: '^packages/(?!$1/)[^/]+/src' },
    },
    {
      name: 'only-declared-dependencies',
      severity: 'error',
      from: { path: '^packages/[^/]+/src' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'unknown', 'undetermined'],
        // Optional peers are installed for our own tests too.
        dependencyTypesNot: ['npm-peer'],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|dist-test|dist-ui|\\.tap)/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'default'],
    },
  },
};
