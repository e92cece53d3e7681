export function FloorPage() { return <p>Floor</p> }
