import t from 'tap';
import { Lexer } from '../../src/lexer/lexer.ts';
import { lexicalMode } from '../../src/lexer/sql-mode.ts';
import { TokenKind } from '../../src/lexer/token.ts';

const KIND_NAMES = new Map(Object.entries(TokenKind).map(([name, kind]) => [kind, name]));

/** Tokens as `Kind:value`. */
function tokens(text: string, sqlMode = ''): string[] {
  const lexer = new Lexer(text, lexicalMode(sqlMode));
  const found: string[] = [];
  for (let token = lexer.next(); token.kind !== TokenKind.End; token = lexer.next()) {
    found.push(`${KIND_NAMES.get(token.kind)}:${token.value}`);
    if (token.kind === TokenKind.Invalid) break;
  }
  return found;
}

t.test('numbers, and names that begin like numbers', async (t) => {
  t.same(tokens('1 1.5 .5 1. 1e3 1.5E-3 0x4d 0b01'), [
    'Integer:1',
    'Decimal:1.5',
    'Decimal:.5',
    'Decimal:1.',
    'Float:1e3',
    'Float:1.5E-3',
    'Hex:4d',
    'Bit:01',
  ]);
  t.same(tokens('1abc 0xyz 1e 0b12'), ['Word:1abc', 'Word:0xyz', 'Word:1e', 'Word:0b12']);
  t.same(tokens('t.1a d.1'), ['Word:t', 'Operator:.', 'Word:1a', 'Word:d', 'Operator:.', 'Word:1']);
});

t.test('strings with escapes, doubled quotes and introducing letters', async (t) => {
  t.same(tokens(String.raw`'a\'b''c\n\%\q'`), ["String:a'b'c\n\\%q"]);
  t.same(tokens(`"a""b" n'x' x'4D' b'101'`), ['String:a"b', 'NationalString:x', 'Hex:4D', 'Bit:101']);
  t.same(tokens(`x'4'`), ['Invalid:']);
  t.same(tokens(`'open`), ['Invalid:']);
  t.same(tokens('``'), ['Invalid:'], 'a name is not empty');
});

t.test('sql_mode changes quotes and escapes', async (t) => {
  t.same(tokens('"a"', 'ANSI_QUOTES'), ['QuotedName:a']);
  t.same(tokens('"a"', 'ansi'), ['QuotedName:a']);
  t.same(tokens(String.raw`'a\' 'b'`, 'NO_BACKSLASH_ESCAPES'), [
    String.raw`String:a\ `.trimEnd(),
    'String:b',
  ]);
});

t.test('comments are white space, version comments up to 5.7.25 are text', async (t) => {
  t.same(tokens('a -- x\nb # y\nc /* z */ d --'), ['Word:a', 'Word:b', 'Word:c', 'Word:d']);
  t.same(
    tokens('1--1'),
    ['Integer:1', 'Operator:-', 'Operator:-', 'Integer:1'],
    'two signs need white space to be a comment',
  );
  t.same(tokens('/*!40101 a */ /*! b */ /*!80000 c /* d */ e */ f'), ['Word:a', 'Word:b', 'Word:f']);
  t.same(tokens('/* open'), ['Invalid:']);
  t.same(tokens('/*!40101 a'), ['Word:a', 'Invalid:']);
});

t.test('a hint is a token only after the word it belongs to', async (t) => {
  t.same(tokens('select /*+ X(1) */ 1'), ['Word:select', 'Hint:X(1)', 'Integer:1']);
  t.same(tokens('a /*+ X */ b'), ['Word:a', 'Word:b']);
});

t.test('variables, parameters and operators', async (t) => {
  t.same(tokens("@a @`b c` @'d' @ @@e ? ?"), [
    'UserVariable:a',
    'UserVariable:b c',
    'UserVariable:d',
    'Operator:@',
    'Operator:@@',
    'Word:e',
    'Parameter:0',
    'Parameter:1',
  ]);
  const operators = '<=> <= <> << < >= >> > != ! || | && & := : ->> -> - + * / % = ^ ~ ( ) , { }'.split(' ');
  t.same(
    tokens(operators.join(' ')),
    operators.map((word) => `Operator:${word}`),
  );
  t.same(tokens(String.raw`\N`), ['Word:NULL']);
});
