/** What is shown where `config.json` can't be used: for who put the page there. */
export function ConfigFault({ error }: { readonly error: unknown }) {
  return (
    <main role="alert">
      <h1>This page is not set up</h1>
      <p>{error instanceof Error ? error.message : String(error)}</p>
    </main>
  );
}
