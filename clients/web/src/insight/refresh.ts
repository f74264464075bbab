/** How often what is shown is renewed while the page is visible, in milliseconds. */
export const REFRESH = 30_000;
