/** A bird on its perch: the mark of the page. */
export function Mark({ size = 24 }: { size?: number }) {
  return (
    <svg class="mark" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <path
        fill="currentColor"
        d="M8 20.500C7.200 13 11.500 6.500 18 6.500c3.300 0 5.700 1.700 6.400 4.200l4.100 1.400-4 1.700C24.600 20 20 24.200 14 24.200c-1.200 0-2.300-.2-3.300-.6L3 27.500z"
      />
      <circle cx="19.200" cy="11" r="1.500" fill="var(--surface)" />
      <path
        d="M7 29.500h20M15 24v5.500M19 23v6.500"
        stroke="currentColor"
        stroke-width="1.800"
        stroke-linecap="round"
        fill="none"
      />
    </svg>
  );
}
