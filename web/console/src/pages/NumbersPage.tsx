export function NumbersPage() { return <p>Numbers</p> }
