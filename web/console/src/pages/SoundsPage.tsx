export function SoundsPage() { return <p>Sounds</p> }
