export function RecordsPage() { return <p>Records</p> }
