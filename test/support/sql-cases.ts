/** SQL expressions over every built-in function and operator of SQLite, with ordinary and odd arguments. */

/** Literals: every storage class, its limits, and texts that look like something else. */
const values = [
  'NULL',
  '0',
  '1',
  '-1',
  '2',
  '10',
  '100',
  '9223372036854775807',
  '(-9223372036854775807 - 1)',
  '4611686018427387904',
  '0.0',
  '-0.0',
  '0.5',
  '-1.5',
  '1.2',
  '2.5',
  '1e300',
  '-1e-300',
  '9e18',
  '1e999',
  "''",
  "'abc'",
  "'ABC'",
  "'12'",
  "' 12 '",
  "'1e3'",
  "'0x10'",
  "'-5.5xyz'",
  "'äöü€😀'",
  "'a%b_c'",
  "x''",
  "x'00'",
  "x'616263'",
  "x'ff00fe'",
  '\'{"a":[1,2.5,null,"x"]}\'',
  "'[1,2'",
  "'2026-11-30 12:34:56'",
];
/** Fewer of them, for pairs and triples. */
const some = [
  'NULL',
  '0',
  '-3',
  '7',
  '9223372036854775807',
  '2.5',
  '-1e300',
  "''",
  "'abc'",
  "'3x'",
  "x'6162'",
];
const few = ['NULL', '0', '-2', '3', "'abc'", "x'616263'"];

const unary = [
  ...['abs', 'acos', 'acosh', 'asin', 'asinh', 'atan', 'atanh', 'ceil', 'ceiling', 'char', 'cos'],
  ...['cosh', 'date', 'datetime', 'degrees', 'exp', 'floor', 'hex', 'json', 'json_array'],
  ...[
    'json_array_length',
    'json_quote',
    'json_type',
    'json_valid',
    'julianday',
    'length',
    'likely',
  ],
  ...['ln', 'log', 'log10', 'log2', 'lower', 'ltrim', 'quote', 'radians', 'round', 'rtrim', 'sign'],
  ...['sin', 'sinh', 'sqrt', 'tan', 'tanh', 'time', 'trim', 'trunc', 'typeof', 'unicode'],
  ...['unixepoch', 'unlikely', 'upper'],
];
const binary = [
  ...['atan2', 'coalesce', 'format', 'glob', 'ifnull', 'instr', 'json_extract', 'like', 'log'],
  ...[
    'ltrim',
    'max',
    'min',
    'mod',
    'nullif',
    'pow',
    'power',
    'printf',
    'round',
    'rtrim',
    'strftime',
  ],
  ...['substr', 'substring', 'trim', 'json_patch', 'json_type', 'json_array_length', 'json_remove'],
];
const ternary = [
  'iif',
  'replace',
  'substr',
  'substring',
  'json_set',
  'json_insert',
  'json_replace',
];
const operators = [
  ...['||', '+', '-', '*', '/', '%', '&', '|', '<<', '>>', '<', '<=', '>', '>=', '=', '<>', 'IS'],
  ...['IS NOT', 'AND', 'OR', 'LIKE', 'GLOB', '->', '->>', 'IS DISTINCT FROM'],
];
const prefixes = ['- ', '+ ', '~ ', 'NOT '];
const casts = ['INTEGER', 'REAL', 'TEXT', 'BLOB', 'NUMERIC'];
const collations = ['BINARY', 'NOCASE', 'RTRIM'];

const document = `'{"a":{"b":[1,2.5,null,"x",true,false]},"c":"d","e":-0.0}'`;
const paths = [
  "'$'",
  "'$.a'",
  "'$.a.b'",
  "'$.a.b[1]'",
  "'$.a.b[#-1]'",
  "'$.x'",
  "'a'",
  "'$['",
  "'$.c'",
];
const json = [
  ...paths.flatMap((path) => [
    `json_extract(${document}, ${path})`,
    `${document} -> ${path}`,
    `${document} ->> ${path}`,
    `json_type(${document}, ${path})`,
    `json_array_length(${document}, ${path})`,
    `json_remove(${document}, ${path})`,
    `json_set(${document}, ${path}, 5)`,
    `json_insert(${document}, ${path}, 'n')`,
    `json_replace(${document}, ${path}, json('[1]'))`,
    `json_extract(${document}, '$.c', ${path})`,
  ]),
  "json_object('a', 1, 'b', NULL, 'c', 'x', 'd', 2.5)",
  "json_object('a', json('{\"b\":[]}'))",
  "json_object('a')",
  'json_object(1, 2)',
  'json_object()',
  "json_array(1, NULL, 'x', 2.5, json('[1]'), '[1]')",
  "json_array(x'00')",
  'json_patch(\'{"a":1,"b":2}\', \'{"b":null,"c":[3]}\')',
  'json_valid(\'{"a":1}\')',
  "json_quote(json('[1]'))",
  'json(\'  { "a" : [ 1 , 2 ] }  \')',
  'json(\'"\\u00e4\\n"\')',
  "json('[1,]')",
];

const dates = [
  "'2026-11-30 12:34:56'",
  "'2024-02-29'",
  '2460000.5',
  '0',
  "'12:34'",
  "'2026-13-01'",
  "'now?'",
];
const modifiers = [
  ...[
    "'+1 day'",
    "'-1 month'",
    "'+1 year'",
    "'start of month'",
    "'start of year'",
    "'start of day'",
  ],
  ...[
    "'weekday 0'",
    "'unixepoch'",
    "'julianday'",
    "'auto'",
    "'+5 hours'",
    "'-90 minutes'",
    "'nonsense'",
  ],
];
const times = dates.flatMap((date) => [
  ...modifiers.flatMap((modifier) =>
    ['date', 'time', 'datetime', 'unixepoch'].map((name) => `${name}(${date}, ${modifier})`),
  ),
  ...['%Y-%m-%d', '%H:%M:%S', '%j', '%w', '%W', '%s', '%J', '%f', '%%', '%Q', 'x%dy'].map(
    (format) => `strftime('${format}', ${date})`,
  ),
]);

const numbers = [
  '0',
  '-7',
  '123456789',
  '9223372036854775807',
  '3.14159',
  '-2.5',
  "'12abc'",
  'NULL',
];
const formats = [
  ...[
    '%d',
    '%5d',
    '%-5d|',
    '%05d',
    '%+d',
    '% d',
    '%,d',
    '%x',
    '%X',
    '%o',
    '%u',
    '%c',
    '%s',
    '%10s',
  ],
  ...['%-10s|', '%.2s', '%f', '%.2f', '%10.3f', '%e', '%.3e', '%g', '%q', '%Q', '%w', '%%', '%i'],
];
const printed = formats.flatMap((format) => numbers.map((n) => `printf('${format}', ${n})`));

const patterns = ["'%'", "'_bc'", "'A%'", "'a*'", "'[a-c]bc'", "'[^a]*'", "'?b?'", "''", "'a\\%'"];
const matching = patterns.flatMap((pattern) =>
  ["'abc'", "'ABC'", "'äbc'", "'a%'", "''", '12', 'NULL'].flatMap((text) => [
    `${text} LIKE ${pattern}`,
    `${text} GLOB ${pattern}`,
    `${text} LIKE ${pattern} ESCAPE '\\'`,
    `like(${pattern}, ${text}, '\\')`,
  ]),
);

/** Of table v: values of every affinity. */
const columns = ['i', 'r', 't', 'b', 'n', 'a'];
const aggregates = columns.flatMap((column) => [
  ...['count', 'sum', 'total', 'avg', 'min', 'max', 'group_concat', 'json_group_array'].map(
    (name) =>
      name === 'json_group_array'
        ? `(SELECT ${name}(quote(${column})) FROM v)`
        : `(SELECT ${name}(${column}) FROM v)`,
  ),
  `(SELECT count(DISTINCT ${column}) FROM v)`,
  `(SELECT count(*) FROM v WHERE ${column} > 1)`,
  `(SELECT group_concat(${column}, '-') FROM v)`,
  `(SELECT group_concat(quote(${column}), ' ') FROM (SELECT ${column} FROM v ORDER BY ${column}, id))`,
  `(SELECT sum(${column}) FILTER (WHERE id % 2) FROM v)`,
  `(SELECT json_group_object(id, quote(${column})) FROM v)`,
  ...['INTEGER', 'TEXT'].map(
    (type) => `(SELECT group_concat(CAST(${column} AS ${type}), ',') FROM v)`,
  ),
]);
const windows = [
  ...['row_number()', 'rank()', 'dense_rank()', 'percent_rank()', 'cume_dist()', 'ntile(3)'],
  ...['lag(i)', 'lag(i, 2)', 'lag(i, 1, -9)', 'lead(i)', 'lead(i, 2)', 'lead(i, 1, 0)'],
  ...[
    'first_value(t)',
    'last_value(t)',
    'nth_value(t, 2)',
    'sum(i)',
    'count(*)',
    'group_concat(id)',
  ],
].flatMap((name) =>
  ['ORDER BY id', 'ORDER BY t, id', 'PARTITION BY i % 2 ORDER BY id'].map(
    (over) =>
      // Rounded, and without the integer beyond 2^53: versions differ in how they print reals of 16 digits.
      `(SELECT group_concat(quote(iif(typeof(w) = 'real', round(w, 6), w)), ' ') FROM (SELECT ${name} OVER (${over}) AS w FROM v WHERE id <> 8 ORDER BY id))`,
  ),
);
const comparisons = columns.flatMap((a) =>
  columns.flatMap((b) =>
    ['<', '=', 'IS', '||'].map(
      (operator) =>
        `(SELECT group_concat(quote(${a} ${operator} ${b}), ' ') FROM (SELECT * FROM v ORDER BY id))`,
    ),
  ),
);

export const caseTables = `CREATE TABLE v (id INTEGER PRIMARY KEY, i INTEGER, r REAL, t TEXT, b BLOB, n NUMERIC, a);
INSERT INTO v (i, r, t, b, n, a) VALUES
  (1, 1, 1, 1, 1, 1), ('2', '2', '2', '2', '2', '2'), (NULL, NULL, NULL, NULL, NULL, NULL),
  (2.5, 2.5, 2.5, 2.5, 2.5, 2.5), ('x', 'x', 'x', 'x', 'x', 'x'), (x'61', x'61', x'61', x'61', x'61', x'61'),
  ('1e2', '1e2', '1e2', '1e2', '1e2', '1e2'), (9007199254740993, 9007199254740993, 9007199254740993,
  9007199254740993, 9007199254740993, 9007199254740993), ('', '', '', '', '', ''), (-1, -1.0, -1, -1, '-1.0', -1);`;

/** All cases, without doubles. */
export const sqlCases: readonly string[] = [
  ...new Set([
    ...values,
    ...unary.flatMap((name) => values.map((value) => `${name}(${value})`)),
    ...binary.flatMap((name) => some.flatMap((a) => few.map((b) => `${name}(${a}, ${b})`))),
    ...ternary.flatMap((name) =>
      few.flatMap((a) =>
        few.flatMap((b) => ['NULL', '1', "'z'"].map((c) => `${name}(${a}, ${b}, ${c})`)),
      ),
    ),
    ...operators.flatMap((operator) =>
      some.flatMap((a) => some.map((b) => `${a} ${operator} ${b}`)),
    ),
    ...prefixes.flatMap((prefix) => values.map((value) => `${prefix}${value}`)),
    ...casts.flatMap((type) => values.map((value) => `CAST(${value} AS ${type})`)),
    ...collations.flatMap((name) =>
      ["'abc' = 'ABC'", "'abc' < 'abc  '", "'ä' = 'Ä'", "'B' < 'a'"].map(
        (pair) => `${pair} COLLATE ${name}`,
      ),
    ),
    ...some.flatMap((a) => [
      `${a} BETWEEN 0 AND 5`,
      `${a} IN (0, '3x', NULL)`,
      `${a} IN ()`,
      `CASE ${a} WHEN 0 THEN 'zero' WHEN 'abc' THEN 'text' ELSE 'else' END`,
      `CASE WHEN ${a} THEN 1 END`,
      `${a} IS NULL`,
      `${a} NOTNULL`,
      `${a} IS TRUE`,
      `likelihood(${a}, 0.5)`,
      `zeroblob(abs(ifnull(${a}, 0)) % 5)`,
    ]),
    'pi()',
    'char(65, 8364, 128512)',
    'char()',
    "coalesce(NULL, NULL, 'x')",
    'max(1, 2.5, NULL)',
    "min('a', 1, x'00')",
    'max(3, 2, 5)',
    'EXISTS (SELECT 1 FROM v WHERE i = 1)',
    ...json,
    ...times,
    ...printed,
    ...matching,
    ...aggregates,
    ...windows,
    ...comparisons,
  ]),
];
