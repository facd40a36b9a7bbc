import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readToken, writeToken } from '@perch/broker-bridge/enrolment.ts';
import { flashImage } from '../flashing/flash-image.ts';
import { changelogTime } from '../package/changelog.ts';
import { writeDeb } from '../package/deb.ts';
import { payload } from '../package/payload.ts';
import { makeBenchCard } from './board-card.ts';
import type { Contender, ContenderName, Ground, Sizes } from './board-contender.ts';
import { hwmonConfig, i2cConfig } from './board-sensors.ts';
import { OURS } from './update-ours.ts';
import { buildPairs, type Pair } from './update-pairs.ts';

const VERSION = '0.1.0';

async function sizesOf(pair: Pair, contents: ReturnType<typeof payload>, ground: Ground): Promise<Sizes> {
  const { watch } = ground;
  const folder = mkdtempSync(join(tmpdir(), 'perch-bench-sizes-'));
  try {
    watch.progress('perch: packing');
    const [output, work] = [join(folder, 'perch.deb'), join(folder, 'work')];
    mkdirSync(work);
    await writeDeb(contents, { output, work, seconds: changelogTime(), fast: false });
    watch.progress('perch: making the update of a release with one line changed');
    const task = { ...pair, patch: join(folder, 'patch'), output: join(folder, 'new'), signal: watch.signal };
    const { bytes } = await OURS.make(task);
    return {
      executable: statSync(pair.target).size,
      installed: contents.files.reduce(
        (sum, { source }) => sum + (typeof source === 'string' ? statSync(source).size : source.length),
        0,
      ),
      package: statSync(output).size,
      update: bytes,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The agent that ships, flashed as a person would: once with its own I2C drivers, once reading what the kernel reads. */
export async function perch(ground: Ground): Promise<(name: ContenderName) => Contender> {
  const { house, parts, watch } = ground;
  const [pair] = await buildPairs('linux-arm64', ['line'], watch);
  const contents = payload({ platform: 'linux-arm64', version: VERSION, executable: pair!.target });
  const sizes = await sizesOf(pair!, contents, ground);
  return (name) => {
    const hwmon = name === 'perch-hwmon';
    return {
      name,
      title: hwmon ? 'perch-agent, hwmon' : 'perch-agent, I2C',
      sizes,
      hwmon,
      async card(path) {
        const file = house.file(`${name}.json`, JSON.stringify(hwmon ? hwmonConfig() : i2cConfig()));
        const set = await house.command('config', 'set', name, file);
        if (set.code !== 0) throw new Error(set.output);
        const { token } = await house.json<{ token: string }>('enroll', name);
        const image = `${path}.small`;
        await makeBenchCard(image, parts, () => {});
        try {
          await flashImage({
            image,
            out: path,
            token: writeToken({ ...readToken(token), broker: house.broker.url(house.wire.port) }),
            hostname: name,
            payload: contents,
            signal: watch.signal,
          });
        } finally {
          rmSync(image, { force: true });
        }
      },
    };
  };
}
