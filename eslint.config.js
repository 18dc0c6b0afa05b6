import { fileURLToPath } from 'node:url';
import globals from 'globals';
import svelte from 'eslint-plugin-svelte';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const root = fileURLToPath(new URL('.', import.meta.url));

export default ts.config(
  {
    ignores: [
      'dist/',
      'dist-cli/',
      'assembly/',
      'node_modules/',
      'src/kernels/wasm/build/',
      'src/node/api/generated/',
      'test/data/',
      'test-results/',
      '.cache/',
    ],
  },
  { files: ['**/*.{ts,svelte}'], extends: [ts.configs.strictTypeChecked] },
  { files: ['**/*.svelte', '**/*.svelte.ts'], extends: [svelte.configs.recommended] },
  {
    files: ['**/*.{ts,svelte}'],
    languageOptions: {
      parserOptions: {
        project: [
          'src/tsconfig.pages.json',
          'src/tsconfig.workers.json',
          'src/tsconfig.server.json',
          'src/tsconfig.cli.json',
          'test/tsconfig.json',
        ],
        tsconfigRootDir: root,
        extraFileExtensions: ['.svelte'],
      },
    },
    rules: {
      eqeqeq: 'error',
      'prefer-const': ['error', { destructuring: 'all' }],
      'no-console': 'error',
      // Numbers belong into messages; anything else there is a mistake.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      // `() => void doIt()` is how a promise is handed to an event on purpose.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // `void | 'stop'`: a callback that need not answer.
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['src/**/*.{ts,svelte}', 'scripts/**/*.mjs'],
    // Tables of data.
    ignores: ['src/state/queries/catalogue.ts'],
    rules: { 'max-lines': ['error', 450] },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      // Constants are written as other variables; only what holds a class or a module begins with a capital.
      '@typescript-eslint/naming-convention': [
        'error',
        {
          selector: 'variable',
          format: ['camelCase', 'PascalCase'],
          leadingUnderscore: 'allow',
          filter: { regex: '^(SQL|S|_+)$', match: false },
        },
        { selector: 'variable', modifiers: ['destructured'], format: null },
      ],
      'no-restricted-syntax': [
        'error',
        ...[
          'FunctionDeclaration',
          'VariableDeclaration > VariableDeclarator > ArrowFunctionExpression',
          'ClassDeclaration MethodDefinition:not([accessibility="private"]):not([key.type="PrivateIdentifier"]) > FunctionExpression',
          'TSInterfaceDeclaration TSMethodSignature',
        ].map((callable) => ({
          selector: `ExportNamedDeclaration > ${callable}[params.length>4]`,
          message: 'An exported function has at most four parameters: pass an object.',
        })),
      ],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
    rules: {
      // Routes live in the hash; there is no SvelteKit to resolve them.
      'svelte/no-navigation-without-resolve': 'off',
      'svelte/no-at-html-tags': 'error',
      // `style:width={…}` goes through the CSSOM, which the policy leaves alone; an attribute it blocks.
      'no-restricted-syntax': [
        'error',
        {
          selector: 'SvelteAttribute[key.name="style"]',
          message: 'Use a class or style:name={…}.',
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: [{ name: 'vitest', importNames: ['it'], message: 'Use test.' }] },
      ],
    },
  },
  {
    files: ['scripts/**/*.mjs', 'test/bench/**/*.mjs'],
    languageOptions: { globals: globals.node },
  },
);
