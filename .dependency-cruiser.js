/**
 * The one direction of imports (docs/architecture.md):
 * app -> cli|api|controller|dashboard -> delivery -> archive -> engine -> providers -> analysis -> condition -> schemas.
 * `platform` may be imported by any room but the pure ones; a room is entered through its `index.ts` only.
 */
const rooms = [
  'schemas',
  'condition',
  'analysis',
  'providers',
  'engine',
  'archive',
  'delivery',
  'api',
  'controller',
  'dashboard',
  'cli',
];
const peers = new Set(['api', 'controller', 'dashboard', 'cli']);
const at = (room) => (room === 'schemas' ? '^schemas/' : `^service/${room}/`);

const upward = rooms
  .map((room, level) => {
    const above = rooms.slice(level + 1).concat(peers.has(room) ? [...peers].filter((p) => p !== room) : []);
    return {
      name: `${room}-looks-down-only`,
      severity: 'error',
      from: { path: at(room) },
      to: { path: [...new Set(above)].map(at).concat('^service/(app|main)\\.ts$') },
    };
  })
  .filter((rule) => rule.to.path.length > 0);

/** Doors beside index.ts, for what must start fast: each says in its file what it spares whoever comes in by it. */
const sideDoors = {
  platform: ['environment', 'version'],
  engine: ['embedded'],
  cli: ['embedded', 'read-names'],
  providers: ['kubernetes/index'],
};
const doors = rooms.concat('platform').map((room) => ({
  name: `${room}-through-its-door`,
  severity: 'error',
  comment: 'Other rooms import from the index.ts of a room only, or from a side door.',
  from: { path: '^(service|schemas)/', pathNot: at(room) },
  to: { path: at(room), pathNot: `${at(room)}(${['index', ...(sideDoors[room] ?? [])].join('|')})\\.ts$` },
}));

export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: '^(service|schemas)/', pathNot: '\\.d\\.ts$' },
      to: {},
    },
    {
      name: 'pure-rooms-do-no-io',
      severity: 'error',
      from: { path: '^service/(analysis|condition)/' },
      to: { path: ['^service/platform/'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'pure-rooms-import-no-core-module',
      severity: 'error',
      from: { path: '^service/(analysis|condition)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'platform-imports-no-room',
      severity: 'error',
      from: { path: '^service/platform/' },
      to: { path: '^service/(?!platform/)' },
    },
    {
      name: 'production-does-not-import-tests',
      severity: 'error',
      from: { path: '^(service|schemas)/' },
      to: { path: '^test/' },
    },
    {
      name: 'production-does-not-import-dev-dependencies',
      severity: 'error',
      from: { path: '^(service|schemas)/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    ...upward,
    ...doors,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
};
