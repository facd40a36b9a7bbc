import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { perchServer } from '../../server/src/cli/run-process.ts';
import { lacking } from '../test/programs.ts';

const script = async (shell: string): Promise<string> => {
  const { out, code } = await perchServer(['completion', shell], { cwd: tmpdir() });
  assert.equal(code, 0);
  return out;
};

/** What a shell offers at the end of a line. */
async function offered(shell: 'bash' | 'zsh' | 'fish', line: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'perch-completion-'));
  try {
    const file = join(folder, 'completion');
    writeFileSync(file, await script(shell));
    const words = line.split(' ');
    const ask =
      shell === 'fish'
        ? `source ${file}; complete -C ${JSON.stringify(line)}`
        : `${shell === 'zsh' ? 'emulate bash; compgen() { :; };' : ''} source ${file}; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _perch_server; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const out = execFileSync(shell, shell === 'fish' ? ['--no-config', '-c', ask] : ['-c', ask], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 20_000,
      env: { ...process.env, HOME: folder },
    });
    return out
      .split('\n')
      .map((each) => each.split('\t')[0]!)
      .filter(Boolean);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const shell of ['bash', 'fish'] as const)
  test(`${shell} completes commands, their second words and their options`, {
    skip: lacking(shell),
  }, async () => {
    assert.deepEqual(await offered(shell, 'perch-server al'), ['alert']);
    const alerts = await offered(shell, 'perch-server alert ');
    for (const word of ['list', 'ack', 'rules', 'rule-add', 'rule-remove'])
      assert.ok(alerts.includes(word), word);
    assert.deepEqual(await offered(shell, 'perch-server alert ack --n'), ['--note']);
    assert.ok((await offered(shell, 'perch-server devices --')).includes('--server'));
    assert.equal((await offered(shell, 'perch-server serve --')).includes('--server'), false);
  });

test('zsh takes the script', { skip: lacking('zsh') }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'perch-completion-'));
  try {
    const file = join(folder, 'completion');
    writeFileSync(file, await script('zsh'));
    const ask = `source ${file}; print -l \${(k)_comps[(I)perch-server]}`;
    const out = execFileSync('zsh', ['-f', '-c', ask], {
      encoding: 'utf8',
      timeout: 20_000,
      env: { ...process.env, HOME: folder },
    });
    assert.equal(out.trim(), 'perch-server');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('another shell is one clear error', async () => {
  const { code, err } = await perchServer(['completion', 'tcsh'], { cwd: tmpdir() });
  assert.equal(code, 2);
  assert.match(err, /"tcsh": there are bash, zsh, fish/);
});
