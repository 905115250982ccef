//! Password hashes as PHC strings: Argon2id with 19 MiB, two passes and one lane (OWASP Password Storage Cheat Sheet).

use crate::identity::password_text;
use anyhow::{Context, anyhow};
use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};
use handstamp_protocol::types::Password;

/// The working memory of a thread. It is reused, because allocating 19 MiB takes about as long as hashing. Each hash
/// overwrites the data of the previous one.
pub(super) type Memory = Vec<Block>;

/// The result of verifying a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    /// The password is wrong, or there is no hash.
    Wrong,
    /// The password is correct.
    Right,
    /// The password is correct, but the hash should be replaced, because the password was not normalized or the
    /// parameters differ from those of new hashes.
    RightButOutdated,
}

impl Verified {
    /// Returns whether the password is correct.
    pub fn is_right(self) -> bool {
        self != Self::Wrong
    }
}

/// Hashes a text with a random salt. Returns a PHC string (`$argon2id$…`).
///
/// # Errors
/// Fails only if the operating system provides no random bytes.
pub(super) fn hash(memory: &mut Memory, password: &[u8]) -> anyhow::Result<String> {
    let mut salt = [0; Salt::RECOMMENDED_LENGTH];
    getrandom::fill(&mut salt).map_err(|error| anyhow!("no random bytes: {error}"))?;
    let (algorithm, version, params) = (Algorithm::Argon2id, Version::V0x13, Params::DEFAULT);
    let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
    compute(memory, &Argon2::new(algorithm, version, params.clone()), password, &salt, &mut out)?;
    let hash = PasswordHash {
        algorithm: algorithm.ident(),
        version: Some(version.into()),
        params: ParamsString::try_from(&params).context("encoding the parameters of a hash")?,
        salt: Some(Salt::new(&salt).context("encoding the salt of a hash")?),
        hash: Some(Output::new(&out).context("encoding a hash")?),
    };
    Ok(hash.to_string())
}

/// Verifies a normalized password and, if that fails, the password as typed, because old hashes were computed without
/// normalization.
///
/// # Errors
/// Fails if the hash can't be parsed.
pub(super) fn verify(
    memory: &mut Memory,
    password: &Password,
    hash: &str,
) -> anyhow::Result<Verified> {
    let prepared = password_text::prepare(password);
    if matches(memory, prepared.as_bytes(), hash)? {
        let is_current = is_current(hash)?;
        return Ok(if is_current { Verified::Right } else { Verified::RightButOutdated });
    }
    let typed = password.expose_secret();
    let is_former = typed != prepared.as_str() && matches(memory, typed.as_bytes(), hash)?;
    Ok(if is_former { Verified::RightButOutdated } else { Verified::Wrong })
}

/// Returns whether the hash has the parameters of new hashes.
fn is_current(hash: &str) -> anyhow::Result<bool> {
    let hash = PasswordHash::new(hash).context("reading a password hash")?;
    let params = Params::try_from(&hash).context("reading the parameters of a password hash")?;
    let costs = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
    Ok(hash.algorithm == Algorithm::Argon2id.ident()
        && hash.version == Some(Version::V0x13.into())
        && costs(&params) == costs(&Params::DEFAULT)
        && hash.salt.is_some_and(|salt| salt.len() >= Salt::RECOMMENDED_LENGTH)
        && hash.hash.is_some_and(|out| out.len() == Params::DEFAULT_OUTPUT_LEN))
}

/// Returns whether the hash matches this password, computed with the parameters of the hash.
fn matches(memory: &mut Memory, password: &[u8], hash: &str) -> anyhow::Result<bool> {
    let hash = PasswordHash::new(hash).context("reading a password hash")?;
    let algorithm = Algorithm::try_from(hash.algorithm.as_str())
        .context("reading the algorithm of a password hash")?;
    let version = hash.version.map_or(Ok(Version::default()), Version::try_from);
    let params = Params::try_from(&hash).context("reading the parameters of a password hash")?;
    let argon2 =
        Argon2::new(algorithm, version.context("reading the version of a password hash")?, params);
    let (Some(salt), Some(stored)) = (hash.salt, hash.hash) else {
        return Err(anyhow!("a password hash without salt or hash"));
    };
    let mut out = vec![0; stored.len()];
    compute(memory, &argon2, password, salt.as_ref(), &mut out)?;
    // `Output` compares in constant time.
    Ok(Output::new(&out).context("comparing password hashes")? == stored)
}

fn compute(
    memory: &mut Memory,
    argon2: &Argon2<'_>,
    password: &[u8],
    salt: &[u8],
    out: &mut [u8],
) -> anyhow::Result<()> {
    let blocks = argon2.params().block_count();
    if memory.len() < blocks {
        memory.resize(blocks, Block::default());
    }
    argon2
        .hash_password_into_with_memory(password, salt, out, &mut memory[..blocks])
        .map_err(|error| anyhow!("hashing a password: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::password_hash::{PasswordHasher, PasswordVerifier};

    const COMPOSED: &str = "na\u{ef}ve caf\u{e9} 1815";
    const DECOMPOSED: &str = "nai\u{308}ve cafe\u{301} 1815";

    fn password(text: &str) -> Password {
        Password::new(text.to_owned())
    }

    #[test]
    fn former_hashes_match_and_are_outdated() {
        let mut memory = Memory::new();
        let typed = hash(&mut memory, DECOMPOSED.as_bytes()).unwrap();
        let mut check = |text, hash: &str| verify(&mut memory, &password(text), hash).unwrap();
        assert_eq!(check(DECOMPOSED, &typed), Verified::RightButOutdated);
        assert_eq!(check("another", &typed), Verified::Wrong);
        let params = Params::new(64, 3, 1, None).unwrap();
        let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let cheap = cheap.hash_password(COMPOSED.as_bytes()).unwrap().to_string();
        assert_eq!(check(DECOMPOSED, &cheap), Verified::RightButOutdated);
        let argon2i = Argon2::new(Algorithm::Argon2i, Version::V0x13, Params::DEFAULT);
        let argon2i = argon2i.hash_password(b"correct horse").unwrap().to_string();
        assert_eq!(check("correct horse", &argon2i), Verified::RightButOutdated);
        assert_eq!(check("correct house", &argon2i), Verified::Wrong);
    }

    /// Reusing memory must not change the result: the library's own functions create and verify the same hashes.
    #[test]
    fn the_hashes_are_equal_to_those_of_the_library() {
        let mut memory = Memory::new();
        let ours = hash(&mut memory, b"correct horse").unwrap();
        let parsed = PasswordHash::new(&ours).unwrap();
        Argon2::default().verify_password(b"correct horse", &parsed).unwrap();
        let other = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(64, 3, 1, Some(24)).unwrap(),
        );
        let theirs = other.hash_password(b"correct horse").unwrap().to_string();
        assert!(matches(&mut memory, b"correct horse", &theirs).unwrap());
        assert!(!matches(&mut memory, b"correct house", &theirs).unwrap());
    }

    #[test]
    fn an_unreadable_hash_is_an_error() {
        for text in ["", "hunter2", "$argon2id$v=19$m=19456,t=2,p=1$", "$scrypt$ln=1$AAAA$AAAA"] {
            assert!(verify(&mut Memory::new(), &password("x"), text).is_err(), "{text}");
        }
    }
}
