// What a test kills and fails: writes files in a folder with Node's calls and says how far it came.
import * as fs from 'node:fs';
import { copyFile, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const [folder, story] = process.argv.slice(2);
const at = (name) => join(folder, name);
const say = (text) => fs.writeSync(1, `${text}\n`);

const STORIES = {
  async sync() {
    fs.mkdirSync(at('sub'));
    const fd = fs.openSync(at('sub/a'), 'w');
    fs.writeSync(fd, 'hello ');
    fs.writeSync(fd, 'there', 6);
    fs.writevSync(fd, [Buffer.from('!'), Buffer.from('?')]);
    fs.fsyncSync(fd);
    fs.fdatasyncSync(fd);
    fs.ftruncateSync(fd, 5);
    fs.closeSync(fd);
    fs.renameSync(at('sub/a'), at('b'));
    fs.linkSync(at('b'), at('c'));
    fs.readFileSync(at('b'));
    fs.unlinkSync(at('b'));
    fs.rmSync(at('c'));
    fs.rmdirSync(at('sub'));
  },
  async promises() {
    await mkdir(at('sub'), { recursive: true });
    const file = await open(at('sub/a'), 'w');
    await file.write(Buffer.from('hello'), 0, 5, 0);
    await file.writev([Buffer.from('one'), Buffer.from('two')], 5);
    await file.sync();
    await file.datasync();
    await file.truncate(4);
    await file.close();
    await copyFile(at('sub/a'), at('copy'));
    await rename(at('copy'), at('moved'));
    await rm(at('moved'));
    await rm(at('sub'), { recursive: true });
  },
  async parallel() {
    await Promise.all(
      Array.from({ length: 40 }, (_, index) => writeFile(at(`file-${index}`), `content ${index}`)),
    );
  },
  // Until its end is closed: one write and its result per line of input.
  async lines() {
    for await (const line of process.stdin.setEncoding('utf8'))
      for (const word of line.split('\n').filter(Boolean)) {
        try {
          await writeFile(at('line'), word);
          say(`wrote ${word}`);
        } catch (error) {
          say(`${error.code} ${error.syscall}`);
        }
      }
  },
  async tolerant() {
    const attempt = (name, run) => {
      try {
        say(`${name} ${run() ?? 'ok'}`);
      } catch (error) {
        say(`${name} ${error.code}`);
      }
    };
    let fd = -1;
    attempt('open', () => {
      fd = fs.openSync(at('a'), 'w+');
    });
    attempt('write', () => fs.writeSync(fd, Buffer.from('12345678')));
    for (let turn = 0; turn < 5; turn++) attempt('fdatasync', () => fs.fdatasyncSync(fd));
    attempt('mkdir', () => fs.mkdirSync(at('d')) && undefined);
    for (let turn = 0; turn < 2; turn++) attempt('read', () => fs.readFileSync(at('a'), 'utf8').length);
  },
};

await STORIES[story]();
say('end');
