"""Operations that are nothing but reading."""
