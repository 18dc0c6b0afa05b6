// What ends in the bundle and is not ours: its licences (THIRD-PARTY-NOTICES) and its bill of materials (CycloneDX).
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Parts of a package that its own files do not name. */
const parts = {
  'sql.js': [
    'Contains SQLite, which its authors dedicated to the public domain (https://sqlite.org/copyright.html), and the runtime of',
    'Emscripten: Copyright (c) 2010-2014 Emscripten authors, under the MIT licence whose text is above.',
  ],
  'plotly.js': [
    'Contains d3 and modules of d3 (https://d3js.org):',
    '',
    'Copyright 2010-2021 Mike Bostock',
    '',
    'Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted,',
    'provided that the above copyright notice and this permission notice appear in all copies.',
    '',
    'THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED',
    'WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR',
    'CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF',
    'CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.',
  ],
  assemblyscript: ['Its standard library and runtime are compiled into the .wasm files.'],
};

const mit = (holder) =>
  [
    `Copyright (c) ${holder}`,
    '',
    'Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation',
    'files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,',
    'modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the',
    'Software is furnished to do so, subject to the following conditions:',
    '',
    'The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.',
    '',
    'THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE',
    'WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR',
    'COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE,',
    'ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.',
  ].join('\n');

const bsd3 = (holder) =>
  [
    `Copyright ${holder}. All rights reserved.`,
    '',
    'Redistribution and use in source and binary forms, with or without modification, are permitted provided that the following',
    'conditions are met:',
    '',
    '* Redistributions of source code must retain the above copyright notice, this list of conditions and the following disclaimer.',
    '* Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the following disclaimer',
    '  in the documentation and/or other materials provided with the distribution.',
    '* Neither the name of the copyright holder nor the names of its contributors may be used to endorse or promote products derived',
    '  from this software without specific prior written permission.',
    '',
    'THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING,',
    'BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT',
    'SHALL THE COPYRIGHT OWNER OR CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL',
    'DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS',
    'INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING',
    'NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.',
  ].join('\n');

/** The licences of packages that come without their text. */
const missingTexts = {
  '@bufbuild/protobuf': (apache) => [
    'Copyright 2021-2026 Buf Technologies, Inc.',
    apache,
    'Parts of the code for variable-length numbers:',
    bsd3('2008 Google Inc'),
  ],
  '@connectrpc/connect': (apache) => ['Copyright 2021-2026 The Connect Authors', apache],
  '@connectrpc/connect-web': (apache) => ['Copyright 2021-2026 The Connect Authors', apache],
  'is-reference': () => [mit('Rich Harris')],
  'locate-character': () => [mit('Rich Harris')],
};

/** Tools whose own code ends in what they build. */
const compiledIn = ['assemblyscript', 'vite', 'rolldown'];

const isLicenceFile = (name) => /^(licen[cs]e|copying|notice)/i.test(name);

/**
 * Every package that `npm ci --omit=dev` installs, and the tools whose code ends in the bundle, by name.
 * @param {string} root
 */
export function shippedPackages(root) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const apache = readFileSync(join(root, 'node_modules/assemblyscript/LICENSE'), 'utf8').trim();
  return Object.entries(packages)
    .filter(([path, { dev, optional }]) => {
      const name = path.replace(/^.*node_modules\//, '');
      return path !== '' && ((!dev && !optional) || compiledIn.includes(name));
    })
    .map(([path, { version, integrity }]) => {
      const folder = join(root, path);
      const alias = path.replace(/^.*node_modules\//, '');
      const { name, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const files = readdirSync(folder)
        .filter(isLicenceFile)
        .sort()
        .map((file) => readFileSync(join(folder, file), 'utf8').replace(/\r\n/g, '\n').trim())
        // What a tool is made of does not end in what it builds.
        .map((text) => text.replace(/\n# Licenses of bundled dependencies\n[^]*/, '').trim());
      const own = files.length > 0 ? files : (missingTexts[alias]?.(apache) ?? []);
      // Some packages only name the licence.
      const isComplete =
        !/Apache-2\.0/.test(license) || own.some((text) => text.includes('TERMS AND CONDITIONS'));
      const texts = isComplete ? own : [...own, apache];
      if (typeof license !== 'string' || texts.length === 0)
        throw new Error(`${name} ${version} has no licence text. Name it in scripts/notices.mjs.`);
      return { name, alias, version, licence: license, integrity, texts };
    })
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

const line = '-'.repeat(80);

/**
 * The text of THIRD-PARTY-NOTICES.
 */
export const noticesText = (packages) =>
  [
    'PoST Workbench contains the following software. Each part is under the licence below its name.',
    ...packages.map(({ name, alias, version, licence, texts }) =>
      [
        line,
        `${name} ${version} (${licence})`,
        line,
        ...texts,
        ...(parts[alias] ? ['', ...parts[alias]] : []),
      ].join('\n'),
    ),
    '',
  ].join('\n\n');

/**
 * CycloneDX 1.5, without a time or serial number, so that the same sources give the same bytes.
 */
export function billOfMaterials(packages, product) {
  const purl = ({ name, version }) => `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const licences = (text) =>
    /[()\s]/.test(text) ? [{ expression: text }] : [{ license: { id: text } }];
  return `${JSON.stringify(
    {
      $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
      bomFormat: 'CycloneDX',
      specVersion: '1.5',
      version: 1,
      metadata: {
        component: {
          'bom-ref': purl(product),
          type: 'application',
          name: product.name,
          version: product.version,
          description: product.description,
          purl: purl(product),
          licenses: licences(product.license),
        },
      },
      components: packages.map((part) => ({
        'bom-ref': purl(part),
        type: compiledIn.includes(part.name) ? 'framework' : 'library',
        name: part.name,
        version: part.version,
        purl: purl(part),
        licenses: licences(part.licence),
        hashes: [
          {
            alg: 'SHA-512',
            content: Buffer.from(part.integrity.slice('sha512-'.length), 'base64').toString('hex'),
          },
        ],
      })),
      dependencies: [
        { ref: purl(product), dependsOn: packages.map(purl) },
        ...packages.map((part) => ({ ref: purl(part), dependsOn: [] })),
      ],
    },
    null,
    2,
  )}\n`;
}
