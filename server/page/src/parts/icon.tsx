/** Paths in a box of 16, drawn with a line of 1.5. */
const PATHS = {
  boards:
    'M3 4.500h10v7H3zM5.500 4.500v-2M8 4.500v-2M10.500 4.500v-2M5.500 13.500v-2M8 13.500v-2M10.500 13.500v-2',
  check: 'M3 8.500 6.500 12 13 4.500',
  bell: 'M4 11.500V7a4 4 0 0 1 8 0v4.500l1 1H3zM6.800 14.200h2.400',
  config: 'M2.500 4.500h6M11.500 4.500h2M2.500 11.500h2M7.500 11.500h6M10 3v3M6 10v3',
  box: 'M8 1.800 13.500 4.800v6.400L8 14.200 2.500 11.200V4.800zM2.500 4.800 8 7.800l5.500-3M8 7.800v6.400',
  waves: 'M2 13.500h2.500v-3H2zM6.800 13.500h2.500v-6H6.800zM11.500 13.500H14v-11h-2.500z',
  list: 'M2.500 4h1M6 4h7.500M2.500 8h1M6 8h7.500M2.500 12h1M6 12h7.500',
  plus: 'M8 3v10M3 8h10',
  gear: 'M8 5.500a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5zM8 1.800v2M8 12.200v2M1.800 8h2M12.200 8h2M3.600 3.600 5 5M11 11l1.400 1.400M12.400 3.600 11 5M5 11l-1.400 1.400',
  code: 'M5.500 4.500 2 8l3.500 3.500M10.500 4.500 14 8l-3.500 3.500',
  search: 'M7 2.500a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9zM10.300 10.300 14 14',
  menu: 'M2.500 4h11M2.500 8h11M2.500 12h11',
  close: 'M3.500 3.500l9 9M12.500 3.500l-9 9',
  copy: 'M5.500 5.500h8v8h-8zM10.500 5.500v-3h-8v8h3',
  info: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 7.500v3.500M8 5v.2',
  warn: 'M8 2.200 14.500 13.500h-13zM8 6.500v3.500M8 11.800v.2',
  up: 'M4.500 9.500 8 6l3.500 3.500',
  down: 'M4.500 6.500 8 10l3.500-3.500',
  sun: 'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1.500v1M8 13.500v1M1.500 8h1M13.500 8h1M3.400 3.400l.7.7M11.900 11.900l.7.7M12.600 3.400l-.7.7M4.100 11.900l-.7.7',
  moon: 'M13 9.500A5.500 5.500 0 0 1 6.500 3 5.500 5.500 0 1 0 13 9.500z',
  half: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 2v12M8 5h3.500M8 8h5.500M8 11h3.500',
  out: 'M9.500 3h-6v10h6M7 8h7M11.500 5.500 14 8l-2.500 2.500',
  back: 'M9.500 3.500 5 8l4.500 4.500',
} as const;
export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        stroke-width="1.500"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
