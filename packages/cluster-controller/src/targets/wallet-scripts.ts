import { ObError } from '@sealane/errors';
import type { CompleteWallet, WalletFiles } from './target.ts';
import { walletEntries } from './wallet-files.ts';

/** For a POSIX shell on the other side that reads its script from standard input: so no file's text is ever an argument. */

const FILES = ['ca.pem', 'server-cert.pem', 'server-key.pem', 'crl.pem'] as const;
const MARK = '==> ';
const END = 'END-OF-PEM';

/** Prints each file of a wallet behind a line with its name; a file that isn't there is left out. */
export function readScript(directory: string): string {
  return [
    'set -eu',
    `cd ${quoted(directory)}`,
    `for file in ${FILES.join(' ')}; do`,
    '  if [ -e "$file" ]; then',
    `    printf '${MARK}%s\\n' "$file"`,
    '    cat "$file"',
    "    printf '\\n'",
    '  fi',
    'done',
    '',
  ].join('\n');
}

export function walletFrom(output: string): WalletFiles {
  const parts = output.split(/^==> /m).slice(1);
  const texts = new Map(
    parts.map((part) => {
      const end = part.indexOf('\n');
      return [part.slice(0, end), `${part.slice(end + 1).trimEnd()}\n`];
    }),
  );
  return {
    ca: texts.get('ca.pem'),
    certificate: texts.get('server-cert.pem'),
    key: texts.get('server-key.pem'),
    crl: texts.get('crl.pem'),
  };
}

/** Writes every file beside, then puts them in place in one go, as a local wallet is exchanged. */
export function installScript(directory: string, files: CompleteWallet): string {
  const entries = walletEntries(files);
  const writes = entries.flatMap(({ name, text, mode }) =>
    text === undefined
      ? []
      : [
          `rm -f ${name}.new`,
          `cat > ${name}.new <<'${END}'`,
          withoutEnd(text, name),
          END,
          `chmod ${mode.toString(8)} ${name}.new`,
        ],
  );
  const moves = entries.map(({ name, text }) =>
    text === undefined ? `rm -f ${name}` : `mv -f ${name}.new ${name}`,
  );
  const place = `mkdir -p ${quoted(directory)} && cd ${quoted(directory)}`;
  return ['set -eu', 'umask 077', place, ...writes, ...moves, ''].join('\n');
}

/** A text that ended itself early would have its rest read as commands. */
function withoutEnd(text: string, name: string): string {
  if (!text.split('\n').some((line) => line.trim() === END)) return text.trimEnd();
  throw new ObError('OB_INVALID_CONFIG', [], { message: `${name} is no PEM file: it has a line ${END}` });
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
