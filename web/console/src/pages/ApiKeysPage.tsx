export function ApiKeysPage() { return <p>ApiKeys</p> }
