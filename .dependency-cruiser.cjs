/**
 * The architecture as rules: see docs/architecture.md, "Layers". A folder may import from itself
 * and from the folders listed for it, nothing else. Types count as imports, so a layer cannot even
 * name what lies above it.
 */
const LAYERS = {
  protocol: [],
  kernels: ['dataplane/arena'],
  crypto: ['protocol', 'kernels/wasm/load', 'dataplane/arena'],
  platform: ['protocol', 'kernels', 'dataplane/arena'],
  transport: ['protocol', 'kernels', 'platform', 'dataplane/arena'],
  dataplane: ['protocol', 'kernels', 'crypto', 'platform', 'transport'],
  device: ['protocol', 'kernels', 'crypto', 'platform', 'transport', 'dataplane'],
  control: ['protocol', 'kernels', 'crypto', 'platform', 'transport', 'dataplane', 'device'],
};

/**
 * What a module may use besides its layers, where that is less than everything in package.json.
 * `dataplane/arena` is the one thing that lower layers may know of a higher one: it is the memory
 * that all of them work in, and imports nothing itself. `crypto` has a WASM module too, and so may know
 * of the kernels how such a module is loaded, but nothing else.
 */
const layerRules = Object.entries(LAYERS).map(([layer, lower]) => ({
  name: `layer-${layer}`,
  comment: `src/${layer} may import only itself${lower.length > 0 ? `, ${lower.join(', ')}` : ''}`,
  severity: 'error',
  from: { path: `^src/${layer}/`, pathNot: '[.]test[.]ts$' },
  to: { path: '^src/', pathNot: [layer, ...lower].map((folder) => `^src/${folder}[./]`) },
}));

module.exports = {
  forbidden: [
    ...layerRules,
    {
      name: 'arena-is-a-leaf',
      comment: 'the arena is known to every layer, so it may know none',
      severity: 'error',
      from: { path: '^src/dataplane/arena[.]ts$' },
      to: {},
    },
    {
      name: 'protocol-is-pure',
      comment: 'no node:*, no package: time, entropy and crypto are parameters of the protocol core',
      severity: 'error',
      from: { path: '^src/protocol/', pathNot: '[.]test[.]ts$' },
      to: { pathNot: '^src/protocol/' },
    },
    {
      name: 'foreign-functions-in-one-place',
      comment: 'koffi is loaded by the system call layer and by the OpenSSL kernel, by nobody else',
      severity: 'error',
      from: { pathNot: '^src/(platform/ffi|kernels/openssl)/' },
      to: { path: '(^|node_modules/)koffi' },
    },
    {
      name: 'tests-stay-out-of-the-product',
      comment: 'nothing that ships imports a unit test or anything under test/ or tools/',
      severity: 'error',
      from: { path: '^src/', pathNot: '[.]test[.]ts$' },
      to: { path: ['[.]test[.]ts$', '^(test|tools)/'] },
    },
    {
      name: 'fakes-only-for-demo-and-tests',
      comment: 'src/testing is a product of its own; of the daemon only commands that show off a fake use it',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(testing|cli)/', '[.]test[.]ts$'] },
      to: { path: '^src/testing/' },
    },
    {
      name: 'no-cycles',
      comment: 'not even of types',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-development-packages',
      comment: 'what ships uses what is in "dependencies"',
      severity: 'error',
      from: { path: '^src/', pathNot: '[.]test[.]ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'resolvable',
      comment: 'an import that leads nowhere is checked by no other rule',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^src/kernels/wasm/assembly/' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'default'],
    },
  },
};
