export function ApplicationPage() { return <p>Application</p> }
